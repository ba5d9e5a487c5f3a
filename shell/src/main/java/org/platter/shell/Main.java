// SPDX-License-Identifier: Apache-2.0
package org.platter.shell;

import java.util.function.ToIntFunction;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Entry point of the launcher: runs one command line and answers its exit status. */
@Component(service = ToIntFunction.class, property = "platter.main=true")
public final class Main implements ToIntFunction<String[]> {
    private final BundleContext context;

    @Activate
    public Main(BundleContext context) {
        this.context = context;
    }

    @Override
    public int applyAsInt(String[] arguments) {
        if (arguments.length == 1 && arguments[0].equals("--version")) {
            System.out.println("platter " + context.getBundle().getVersion());
            return 0;
        }
        System.err.println("platter: no such command: " + String.join(" ", arguments));
        return 2;
    }
}
