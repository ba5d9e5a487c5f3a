// SPDX-License-Identifier: Apache-2.0
/** Commands that make, change and delete images. Each command object runs once, on one thread. */
package org.platter.shell.change;
