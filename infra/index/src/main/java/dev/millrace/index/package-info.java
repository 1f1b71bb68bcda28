/**
 * The search index: its names, its mappings, its generations behind aliases, and what is written to
 * it and read from it. Writers (the embed workers) and readers (serving) meet here.
 */
package dev.millrace.index;
