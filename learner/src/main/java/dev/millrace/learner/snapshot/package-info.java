/** States of a run on disk, so that a resume does not begin at the start. */
package dev.millrace.learner.snapshot;
