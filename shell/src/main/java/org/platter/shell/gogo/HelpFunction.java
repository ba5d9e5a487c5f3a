// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.platter.shell.Interpreter;
import org.platter.shell.option.Usage;

/** {@code help}: our commands, or one of them; what is not ours is left to Gogo's own. */
final class HelpFunction implements Function {
    private static final String PREFIX = GogoCommands.SCOPE + ":";
    private static final String DELEGATE = "gogo:help";
    private static final String GOGO = "All other commands, such as ls, cat, grep, each: gogo:help";

    @Override
    public Object execute(CommandSession session, List<Object> arguments) throws Exception {
        if (arguments.isEmpty()) {
            return Interpreter.overview().stripTrailing() + "\n\n" + GOGO;
        }
        String name = String.valueOf(arguments.get(0));
        String ours = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
        if (Interpreter.commands().contains(ours)) {
            return Usage.of(Interpreter.command(ours).syntax()).stripTrailing();
        }
        return session.get(DELEGATE) instanceof Function gogo ? gogo.execute(session, arguments) : null;
    }
}
