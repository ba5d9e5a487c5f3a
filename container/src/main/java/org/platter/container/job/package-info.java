// SPDX-License-Identifier: Apache-2.0
/**
 * Long operations on chains: copy, merge, compact, move, rebase, compare, measure. Pure Java; may use {@code structure} and what is below it.
 * Each runs on a thread of its own, with helpers where bytes are moved, in steps of at most 16 MiB; each step goes
 * through the gates of its disks, so that a job waits while a format is swapped.
 */
package org.platter.container.job;
