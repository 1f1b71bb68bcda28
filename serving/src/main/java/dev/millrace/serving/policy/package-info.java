/** The policy that is being trained, as it answers now. */
package dev.millrace.serving.policy;
