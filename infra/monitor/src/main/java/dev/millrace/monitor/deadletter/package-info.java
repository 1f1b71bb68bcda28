/** Records that could not be processed: finding them, and sending them through again once. */
package dev.millrace.monitor.deadletter;
