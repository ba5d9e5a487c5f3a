// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.time.Duration;
import java.util.List;
import org.osgi.framework.Bundle;
import org.platter.container.format.FormatProvider;
import org.platter.error.DiskException;
import org.platter.install.Installation;

/**
 * A bundle that has been started.
 *
 * @param staged the jar it comes from
 * @param bundle the bundle
 * @param needs the bundles that came along
 * @param formats what it serves
 */
record Newcomer(StagedJar staged, Bundle bundle, List<Newcomer.Need> needs, List<FormatProvider> formats) {
    /** A bundle that came along. */
    record Need(StagedJar staged, Bundle bundle) {}

    /** It is started again with the product. */
    void keep(FormatStore store) throws DiskException {
        for (Need need : needs) {
            store.keep(need.staged());
        }
        store.keep(staged);
    }

    /** It goes, and what came along with it. */
    void remove() {
        Bundles.uninstall(List.of(bundle));
        Bundles.uninstall(needs.stream().map(Need::bundle).toList());
    }

    /** For the caller: the format, the version that was replaced, images and pause of the hand-over. */
    Installation result(String format, String replaced, int images, Duration pause) {
        return new Installation(
                format, staged.bundle(), staged.version().toString(), replaced, staged.digest(), images, pause);
    }
}
