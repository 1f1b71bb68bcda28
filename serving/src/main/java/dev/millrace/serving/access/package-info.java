/** Who asks, and what they may see. */
package dev.millrace.serving.access;
