// SPDX-License-Identifier: Apache-2.0
/** Commands for disks that stay open and for jobs that run beside them. Each command object runs once. */
package org.platter.shell.live;
