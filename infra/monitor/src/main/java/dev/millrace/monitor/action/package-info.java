/** What operators did to the stream, and who they were. */
package dev.millrace.monitor.action;
