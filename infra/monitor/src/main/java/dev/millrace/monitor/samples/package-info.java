/** What the policy was asked, what it answered, what that was worth and what became of it. */
package dev.millrace.monitor.samples;
