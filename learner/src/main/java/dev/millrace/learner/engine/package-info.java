/** A learner at work on one run: it begins or resumes it, and makes its entries one by one. */
package dev.millrace.learner.engine;
