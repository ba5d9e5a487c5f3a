// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import java.util.List;

/** One of many results of a kind, which are listed as a table. */
public interface Row {
    /** What stands in its columns. */
    List<String> cells();
}
