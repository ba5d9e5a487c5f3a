// SPDX-License-Identifier: Apache-2.0
package org.platter.container.image;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.platter.disk.OpenFlag;

/** Sets of open flags, with and without some. */
public final class OpenFlags {
    private OpenFlags() {}

    /** All of {@code flags}, and {@code more}. */
    public static Set<OpenFlag> with(Set<OpenFlag> flags, OpenFlag... more) {
        Set<OpenFlag> all = EnumSet.noneOf(OpenFlag.class);
        all.addAll(flags);
        all.addAll(Arrays.asList(more));
        return Set.copyOf(all);
    }

    /** All of {@code flags} but {@code one}. */
    public static Set<OpenFlag> without(Set<OpenFlag> flags, OpenFlag one) {
        Set<OpenFlag> rest = EnumSet.noneOf(OpenFlag.class);
        rest.addAll(flags);
        rest.remove(one);
        return Set.copyOf(rest);
    }
}
