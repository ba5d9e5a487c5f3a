// SPDX-License-Identifier: Apache-2.0
/**
 * Commands that list, install, upgrade and remove the bundles of formats and storages. May use {@code command}, {@code option} and
 * {@code print}. One thread a command.
 */
package org.platter.shell.formats;
