/** Bounded looks into topics: no look takes longer or more memory than it was allowed. */
package dev.millrace.monitor.scan;
