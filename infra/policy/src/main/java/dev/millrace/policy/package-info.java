/**
 * A policy on the log: versions published to {@code policy-weights} and {@code policy-versions},
 * found, verified and followed by whoever samples from them.
 */
package dev.millrace.policy;
