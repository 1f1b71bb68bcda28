/** Model directories on this machine that answer. */
package dev.millrace.serving.local;
