/**
 * What went through the stream lately, kept in memory within bounds: filled from the ends of topics
 * by one reader, whatever processes wrote them.
 */
package dev.millrace.monitor.recent;
