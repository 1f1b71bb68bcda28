/** Entries of a ledger made again from what lies in the log. */
package dev.millrace.learner.replay;
