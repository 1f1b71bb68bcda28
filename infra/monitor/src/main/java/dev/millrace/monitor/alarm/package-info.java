/** Conditions with names that an operator should know of, each with what to do about it. */
package dev.millrace.monitor.alarm;
