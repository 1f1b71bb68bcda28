/** Profiles: which rewards count for a prompt, and how much. */
package dev.millrace.reward.profile;
