// SPDX-License-Identifier: Apache-2.0
/**
 * The commands as Gogo functions of scope {@code disk}: they return results, which a converter prints, so that pipes and
 * closures work. Used only where Gogo is; completion only where JLine is. Components are safe for use by many threads.
 */
package org.platter.shell.gogo;
