/** The command line, {@code millrace}: everything a person does with the system from a terminal. */
package dev.millrace.cli;
