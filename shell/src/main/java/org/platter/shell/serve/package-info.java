// SPDX-License-Identifier: Apache-2.0
/**
 * Commands that offer disks to other programs and find those that others offer. May use {@code command}, {@code image},
 * {@code option} and {@code print}. One thread a command.
 */
package org.platter.shell.serve;
