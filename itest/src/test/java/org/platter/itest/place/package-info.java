// SPDX-License-Identifier: Apache-2.0
/** A storage that nobody has installed, packed into a bundle by the test that needs it. */
package org.platter.itest.place;
