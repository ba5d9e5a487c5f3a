// SPDX-License-Identifier: Apache-2.0
/**
 * QCOW2, the disk images of QEMU. Uses the platform's {@code api}, the packages below this one, and nothing else.
 * Threading is stated on each class.
 */
package org.platter.backend.qcow2;
