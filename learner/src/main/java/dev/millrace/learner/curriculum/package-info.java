/** Which prompts are trained on, in which order, and where a run stands in them. */
package dev.millrace.learner.curriculum;
