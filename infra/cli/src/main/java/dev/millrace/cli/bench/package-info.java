/** Benchmarks: what {@code docs/benchmarks.md} says was measured with these. */
package dev.millrace.cli.bench;
