/**
 * How a stage runs: its life, its settings, its loop over a topic, its dead letters. Plain Java: a
 * stage knows no framework, and neither does this package.
 */
package dev.millrace.runtime;
