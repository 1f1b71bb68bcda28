/**
 * Applies updates to the policy and publishes its weights. The stage arrives with the learning
 * loop; see docs/architecture.md.
 */
package dev.millrace.learner;
