/**
 * The mathematics of learning: advantages, losses, aggregations and estimators, each a small pure
 * function in a file of its own, and the records that choose between them.
 */
package dev.millrace.learner.algorithm;
