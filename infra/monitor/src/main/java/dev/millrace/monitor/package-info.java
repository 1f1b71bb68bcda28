/**
 * What operators look at, read from the log and the brokers alone: lag, dead letters, accounts,
 * samples, traces of one document or task.
 */
package dev.millrace.monitor;
