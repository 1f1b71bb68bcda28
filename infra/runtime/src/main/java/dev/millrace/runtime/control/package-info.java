/** What operators order the stages: to pause, and to go on. */
package dev.millrace.runtime.control;
