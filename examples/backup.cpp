/* SPDX-License-Identifier: Apache-2.0 */
/* backup.c for C++11: results free themselves, errors are thrown. */
#include <iostream>
#include <stdexcept>
#include <string>

#include <espbak/ops.h>

namespace
{

class backup_result : public espbak_backup_result
{
  public:
    backup_result() : espbak_backup_result()
    {
    }
    ~backup_result()
    {
        espbak_backup_result_free(this);
    }
    backup_result(const backup_result &) = delete;
    backup_result &operator=(const backup_result &) = delete;
};

/* Callbacks are called by C: what they throw must not come out of them. */
void on_log(void *, espbak_log_level level, const char *text) noexcept
{
    if (level == ESPBAK_LOG_WARNING)
        std::cerr << "warning: " << text << '\n';
}

void back_up(const std::string &port, const std::string &folder)
{
    espbak_events events = {};
    events.log = on_log;
    espbak_backup_options options = {};
    options.session.port = port.c_str();
    options.session.events = &events;
    options.folder = folder.c_str();
    backup_result result;
    espbak_error err = {};
    if (espbak_backup_run(&options, &result, &err) != ESPBAK_OK)
        throw std::runtime_error(err.message);
    std::cout << result.path << ": " << result.size << " bytes, " << espbak_backup_state_name(result.state) << '\n';
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2) {
        std::cerr << "usage: " << argv[0] << " PORT [FOLDER]\n";
        return 2;
    }
    try {
        back_up(argv[1], argc > 2 ? argv[2] : "backups");
    } catch (const std::exception &failure) {
        std::cerr << argv[0] << ": " << failure.what() << '\n';
        return 1;
    }
    return 0;
}
