/** Follows what learners write down: entries as they come, and the curve that they make. */
package dev.millrace.monitor.ledger;
