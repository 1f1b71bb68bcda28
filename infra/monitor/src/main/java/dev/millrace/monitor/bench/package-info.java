/** What watching costs. */
package dev.millrace.monitor.bench;
