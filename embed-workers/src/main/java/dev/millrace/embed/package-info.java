/**
 * The embed stage: reads the {@code chunks} topic, gives every new chunk its vector, writes chunks
 * and manifests to the index and reports every revision on the {@code indexed} topic.
 *
 * <p>Same input, same index: all writes carry the document's revision as their version, and the
 * manifest comes last, so any part of the work may be done twice.
 */
package dev.millrace.embed;
