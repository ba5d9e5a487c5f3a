// SPDX-License-Identifier: Apache-2.0
/**
 * Forms in which consoles show the config keys of formats and take declarations of disks. Active only where Metatype and
 * Config Admin are. May use {@code declared} and the API. Safe for use by many threads.
 */
package org.platter.container.metatype;
