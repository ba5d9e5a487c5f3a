// SPDX-License-Identifier: Apache-2.0
/** Commands that look at images and change nothing, except {@code check --repair}. Each command object runs once. */
package org.platter.shell.look;
