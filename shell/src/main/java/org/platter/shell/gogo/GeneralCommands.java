// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import java.util.Hashtable;
import org.apache.felix.gogo.jline.Builtin;
import org.apache.felix.gogo.jline.Posix;
import org.apache.felix.gogo.jline.Procedural;
import org.apache.felix.service.command.CommandProcessor;
import org.osgi.framework.BundleContext;

/** The commands that the bundle of the prompt brings, for scripts, which have no prompt: the bundle is not started. */
final class GeneralCommands {
    private static final String[] PROCEDURAL = {
        "each", "if", "not", "throw", "try", "until", "while", "break", "continue"
    };
    private static final String[] POSIX = {
        "cat", "echo", "grep", "sort", "sleep", "cd", "pwd", "ls", "head", "tail", "wc", "date"
    };
    private static final String[] BUILTIN = {"format", "getopt", "new", "set", "tac", "type", "jobs", "fg", "bg"};

    private GeneralCommands() {}

    /** Registers them until our bundle stops. */
    static void register(BundleContext context, CommandProcessor processor) {
        register(context, new Procedural(), PROCEDURAL);
        register(context, new Posix(processor), POSIX);
        register(context, new Builtin(), BUILTIN);
    }

    private static void register(BundleContext context, Object commands, String... functions) {
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(CommandProcessor.COMMAND_SCOPE, "gogo");
        properties.put(CommandProcessor.COMMAND_FUNCTION, functions);
        context.registerService(commands.getClass().getName(), commands, properties);
    }
}
