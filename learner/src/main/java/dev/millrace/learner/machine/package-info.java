/**
 * The learner as a state machine: what follows from the ledger, and what is to be done next. Pure:
 * nothing here knows of topics, models or clocks.
 */
package dev.millrace.learner.machine;
