/** The ledger of runs: reading it, and the transaction by which an entry comes about. */
package dev.millrace.learner.ledger;
