/** Proves from the topics alone that nothing was lost, done twice or forgotten. */
package dev.millrace.monitor.audit;
