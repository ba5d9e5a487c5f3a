// SPDX-License-Identifier: Apache-2.0
/**
 * Commands that install, upgrade and remove the bundles of formats. May use {@code command}, {@code option} and
 * {@code print}. One thread a command.
 */
package org.platter.shell.formats;
