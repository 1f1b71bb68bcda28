/** What the learning loop is measured against. */
package dev.millrace.learner.bench;
