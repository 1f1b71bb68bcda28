/** The stream as operators see it: its stages in their order, each with the figures of its work. */
package dev.millrace.monitor.stream;
