// SPDX-License-Identifier: Apache-2.0
/**
 * The tour: the main job of the platform for real, step by step, each with its figures. A step is one object in
 * {@link org.platter.shell.tour.Steps}. Used by one thread.
 */
package org.platter.shell.tour;
