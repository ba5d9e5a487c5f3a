// SPDX-License-Identifier: Apache-2.0
/**
 * VHD, the disk images of Virtual PC and of Hyper-V's first generation. Uses the platform's {@code api} and nothing
 * else. Threading is stated on each class.
 */
package org.platter.backend.vhd;
