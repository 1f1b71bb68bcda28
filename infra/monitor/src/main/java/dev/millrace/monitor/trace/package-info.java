/** The way of one document or one task through all topics. */
package dev.millrace.monitor.trace;
