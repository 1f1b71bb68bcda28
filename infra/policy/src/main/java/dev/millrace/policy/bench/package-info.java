/**
 * How quickly a version travels from a learner to its workers, beside the raw rate of the broker.
 */
package dev.millrace.policy.bench;
